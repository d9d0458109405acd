import { Component } from '@angular/core';

@Component({ template: '<div class="page"><h1>Results</h1></div>' })
export default class Results {}
