import { Controller, Get, Module } from '@nestjs/common';

@Controller()
class HelloController {
  @Get('hello')
  hello(): object {
    return { hello: 'world' };
  }
}

/** The least that a service can be: `GET /hello`. */
@Module({ controllers: [HelloController] })
export class HelloModule {}
