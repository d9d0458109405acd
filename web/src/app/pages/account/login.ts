import { Component } from '@angular/core';

@Component({ template: '<div class="page"><h1>Login</h1></div>' })
export default class Login {}
