import { Component } from '@angular/core';

@Component({ template: '<div class="page"><h1>Upload</h1></div>' })
export default class Upload {}
