import { Component } from '@angular/core';

@Component({ template: '<div class="page"><h1>Developer</h1></div>' })
export default class Developer {}
