import { Component } from '@angular/core';

@Component({ template: '<div class="page"><h1>NotFound</h1></div>' })
export default class NotFound {}
