import { Component } from '@angular/core';

@Component({ template: '<div class="page"><h1>XRayPage</h1></div>' })
export default class XRayPage {}
