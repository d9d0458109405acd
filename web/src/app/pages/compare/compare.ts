import { Component } from '@angular/core';

@Component({ template: '<div class="page"><h1>Compare</h1></div>' })
export default class Compare {}
