import { render } from 'preact';
import { App } from './app.js';
import { connect } from './store.js';

connect();
render(<App />, document.getElementById('app')!);
