// A line chart: uPlot with crosshair, tooltip, zooming by drag and wheel, and the same by keyboard.
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import type { Curve, Frame } from './frame.ts';
import { type PlotLook, plotData, plotOptions } from './plot.ts';
import { fillTooltip, readingsAt, readingText } from './tooltip.ts';

export interface ChartProps {
  readonly frame: Frame;
  /** The curves of the frame that are to be drawn. */
  readonly curves: readonly Curve[];
  readonly look: PlotLook;
  /** What is drawn, for screen readers. */
  readonly label: string;
  /** A part of the time was chosen; Unix seconds. */
  readonly onZoom: (from: number, to: number) => void;
  readonly onZoomBack: () => void;
  /** Gets the plot, to save its picture. */
  readonly plot: { current: uPlot | null };
}

/** A drawn chart and what it was drawn from. */
interface Drawn {
  readonly u: uPlot;
  props: ChartProps;
  /** The curve that the keyboard stands on; null for the nearest to the pointer. */
  chosen: Curve | null;
}

export function Chart(props: ChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const live = useRef<HTMLDivElement>(null);
  const drawn = useRef<Drawn | null>(null);
  const { frame, curves, look } = props;
  // Everything but the points: when only those change, the plot is kept and the pointer's place with it.
  const shape = JSON.stringify([look, curves.map((curve) => [curve.id, curve.slot])]);
  const shapeDrawn = useRef('');

  useEffect(() => {
    const old = drawn.current;
    if (old && shapeDrawn.current === shape) {
      old.props = props;
      old.u.setData(plotData(frame, curves, look));
      return;
    }
    old?.u.destroy();
    shapeDrawn.current = shape;
    drawn.current = draw(host.current!, props);
    props.plot.current = drawn.current.u;
  }, [frame, shape]);

  useEffect(() => {
    if (drawn.current) drawn.current.props = props;
  });

  useEffect(() => {
    const element = host.current!;
    const observer = new ResizeObserver(() => {
      drawn.current?.u.setSize({ width: element.clientWidth, height: element.clientHeight });
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      drawn.current?.u.destroy();
      drawn.current = null;
    };
  }, []);

  const onKeyDown = (event: KeyboardEvent) => {
    if (drawn.current && moveByKey(drawn.current, event)) {
      event.preventDefault();
      tell(drawn.current, live.current!);
    }
  };

  return (
    <>
      <div
        class="chart"
        ref={host}
        role="application"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys move the crosshair
        tabIndex={0}
        aria-label={props.label}
        onKeyDown={onKeyDown}
      />
      <div class="unseen" aria-live="polite" ref={live} />
    </>
  );
}

function draw(host: HTMLElement, props: ChartProps): Drawn {
  const style = getComputedStyle(host);
  const { frame, curves, look } = props;
  const box = document.createElement('div');
  box.className = 'tip';
  box.hidden = true;
  const u = new uPlot(
    {
      width: host.clientWidth,
      height: host.clientHeight,
      ...plotOptions(frame, curves, look, { text: style.color, grid: style.borderTopColor }),
      // The range of x is the frame's of the moment, not of the first drawing.
      scales: {
        ...plotOptions(frame, curves, look, { text: '', grid: '' }).scales,
        x: { time: true, range: () => [own.props.frame.start, own.props.frame.end] },
      },
      cursor: {
        y: false,
        drag: { x: true, y: false, setScale: false, dist: 6 },
        focus: { prox: 30 },
        points: { one: true, size: 8 },
        bind: {
          dblclick: () => () => {
            own.props.onZoomBack();
            return null;
          },
        },
      },
      hooks: {
        setSelect: [(plot) => select(own, plot)],
        setCursor: [(plot) => showTooltip(own, plot, box)],
      },
    },
    plotData(frame, curves, look),
    host,
  );
  const own: Drawn = { u, props, chosen: null };
  u.over.append(box);
  u.over.addEventListener('mousemove', () => {
    own.chosen = null;
  });
  u.over.addEventListener('wheel', (event) => zoomByWheel(own, event), { passive: false });
  return own;
}

function select(own: Drawn | undefined, u: uPlot): void {
  if (!own || u.select.width < 2) return;
  const from = u.posToVal(u.select.left, 'x');
  const to = u.posToVal(u.select.left + u.select.width, 'x');
  u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  own.props.onZoom(from, to);
}

/** Ctrl and the wheel zoom around the pointer; the wheel alone scrolls the page. */
function zoomByWheel(own: Drawn, event: WheelEvent): void {
  if (!event.ctrlKey) return;
  event.preventDefault();
  const { start, end } = own.props.frame;
  const at = own.u.posToVal(event.offsetX, 'x');
  const factor = event.deltaY > 0 ? 1.5 : 1 / 1.5;
  own.props.onZoom(at - (at - start) * factor, at + (end - at) * factor);
}

/** The curve whose point at the cursor is nearest to it, within a hand's width. */
function nearest(own: Drawn, u: uPlot, index: number): Curve | null {
  if (own.chosen) return own.chosen;
  let best: Curve | null = null;
  let distance = 30;
  own.props.curves.forEach((curve, i) => {
    const value = u.data[i + 1]?.[index];
    if (value == null) return;
    const away = Math.abs(u.valToPos(value, 'y') - (u.cursor.top ?? 0));
    if (away < distance) {
      distance = away;
      best = curve;
    }
  });
  return best;
}

function showTooltip(own: Drawn | undefined, u: uPlot, box: HTMLElement): void {
  const { idx, left = -1, top = 0 } = u.cursor;
  if (!own || idx == null || left < 0) {
    box.hidden = true;
    return;
  }
  const { frame, curves, look } = own.props;
  const near = nearest(own, u, idx);
  fillTooltip(box, { frame, index: idx, left, top, area: u.over }, readingsAt(curves, idx, near), near, look);
}

const jumps: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10 };

/** Moves the crosshair: left and right along time, up and down from curve to curve. False for other keys. */
function moveByKey(own: Drawn, event: KeyboardEvent): boolean {
  const { u, props } = own;
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const last = props.frame.times.length - 1;
  const at = u.cursor.idx ?? null;
  let index = at ?? last;
  if (event.key === 'Escape') {
    if (at === null) return false;
    u.setCursor({ left: -10, top: -10 });
    return true;
  }
  if (event.key === 'Home') index = 0;
  else if (event.key === 'End') index = last;
  else if (event.key in jumps) index += at === null ? 0 : jumps[event.key]! * (event.shiftKey ? 10 : 1);
  else if (event.key === 'ArrowUp' || event.key === 'ArrowDown') {
    const byValue = readingsAt(props.curves, index, null).map((reading) => reading.curve);
    const from = own.chosen ? byValue.indexOf(own.chosen) : -1;
    own.chosen = byValue[Math.max(0, from + (event.key === 'ArrowDown' ? 1 : -1))] ?? own.chosen;
  } else return false;
  index = Math.min(last, Math.max(0, index));
  const value = own.chosen?.points[index];
  const left = u.valToPos(props.frame.times[index]!, 'x');
  u.setCursor({ left, top: value == null ? u.over.clientHeight / 2 : u.valToPos(value, 'y') });
  return true;
}

function tell(own: Drawn, live: HTMLElement): void {
  const { u, props } = own;
  const index = u.cursor.idx;
  live.textContent =
    index == null || (u.cursor.left ?? -1) < 0
      ? ''
      : readingText(readingsAt(props.curves, index, own.chosen), props.frame.times[index]!, props.look);
}
