import { Body, Controller, Get, Inject, Put } from '@nestjs/common';
import { type PaymentKnobs, paymentKnobs } from '@souk/contracts';
import { OutsideWorld } from '../use-cases/outside-world.js';

@Controller('knobs')
export class KnobsController {
  constructor(@Inject(OutsideWorld) private readonly world: OutsideWorld) {}

  @Get()
  read(): PaymentKnobs {
    return this.world.knobs;
  }

  @Put()
  turn(@Body({ schema: paymentKnobs }) knobs: PaymentKnobs): PaymentKnobs {
    return this.world.turn(knobs);
  }
}
