import { Component } from '@angular/core';

@Component({ template: '<div class="page"><h1>Home</h1></div>' })
export default class Home {}
