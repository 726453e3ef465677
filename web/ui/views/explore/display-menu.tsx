// How the graph is drawn: axis, gaps, unit, comparison with an earlier time.
import type { ExploreState } from '../../lib/explore-state.ts';
import { isUnit, type Unit, unitNames } from '../../lib/units.ts';
import { Menu } from '../../parts/menu.tsx';

interface DisplayMenuProps {
  readonly state: ExploreState;
  readonly guessed: Unit;
  readonly onChange: (change: Partial<ExploreState>) => void;
}

const switches = [
  ['zero', 'Axis from zero'],
  ['log', 'Logarithmic axis'],
  ['stacked', 'Stacked'],
  ['join', 'Join across gaps'],
] as const;

const comparisons = [
  ['', 'Nothing'],
  ['1h', '1 hour before'],
  ['1d', '1 day before'],
  ['1w', '1 week before'],
] as const;

export function DisplayMenu({ state, guessed, onChange }: DisplayMenuProps) {
  return (
    <Menu text="Display" title="How the graph is drawn">
      {() => (
        <div class="form">
          {switches.map(([name, text]) => (
            <label class="check" key={name}>
              <input
                type="checkbox"
                checked={state[name]}
                onChange={(event) => onChange({ [name]: event.currentTarget.checked })}
              />
              {text}
            </label>
          ))}
          <label class="menu-field">
            Unit
            <select
              class="field"
              value={isUnit(state.unit) ? state.unit : ''}
              onChange={(event) => onChange({ unit: event.currentTarget.value })}
            >
              <option value="">By the name: {unitNames[guessed]}</option>
              {Object.entries(unitNames).map(([name, text]) => (
                <option key={name} value={name}>
                  {text}
                </option>
              ))}
            </select>
          </label>
          <label class="menu-field">
            Compare with
            <select
              class="field"
              value={state.compare}
              onChange={(event) => onChange({ compare: event.currentTarget.value })}
            >
              {comparisons.map(([name, text]) => (
                <option key={name} value={name}>
                  {text}
                </option>
              ))}
            </select>
          </label>
        </div>
      )}
    </Menu>
  );
}
