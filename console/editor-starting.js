import { translatePage } from './texts.js';

translatePage();
