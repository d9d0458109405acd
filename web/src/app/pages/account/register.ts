import { Component } from '@angular/core';

@Component({ template: '<div class="page"><h1>Register</h1></div>' })
export default class Register {}
