import { All, Controller, Header, Headers, UseGuards } from '@nestjs/common';
import { onlyReads } from '../routing/only-reads.js';
import { guide } from './guide.js';

@Controller()
export class GuideController {
  @All()
  @UseGuards(onlyReads)
  @Header('content-type', 'text/plain; charset=utf-8')
  read(@Headers('host') host: string | undefined): string {
    return guide(/^[\w.:[\]-]{1,100}$/.test(host ?? '') ? `http://${host}` : 'http://localhost:8080');
  }
}
