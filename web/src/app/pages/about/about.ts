import { Component } from '@angular/core';

@Component({ template: '<div class="page"><h1>About</h1></div>' })
export default class About {}
