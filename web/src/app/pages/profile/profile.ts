import { Component } from '@angular/core';

@Component({ template: '<div class="page"><h1>Profile</h1></div>' })
export default class Profile {}
