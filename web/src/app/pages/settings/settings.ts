import { Component } from '@angular/core';

@Component({ template: '<div class="page"><h1>Settings</h1></div>' })
export default class Settings {}
