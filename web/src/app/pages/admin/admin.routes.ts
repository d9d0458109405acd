/** The administration area's pages. */
import { Routes } from '@angular/router';

export default [] satisfies Routes;
