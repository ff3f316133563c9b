import { Controller, Get, Headers, Header } from '@nestjs/common';
import { guide } from './guide.js';

@Controller()
export class GuideController {
  @Get()
  @Header('content-type', 'text/plain; charset=utf-8')
  read(@Headers('host') host: string | undefined): string {
    return guide(/^[\w.:[\]-]{1,100}$/.test(host ?? '') ? `http://${host}` : 'http://localhost:8080');
  }
}
