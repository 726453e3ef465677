// Where the bundle begins: leads foreign addresses home and draws the program.
import { render } from 'preact';
import { App, leadHome } from './app.tsx';

leadHome();
const root = document.getElementById('app')!;
// The page carries an empty header for the first paint.
root.replaceChildren();
render(<App />, root);
