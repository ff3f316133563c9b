import { closeShop } from './shop.ts';

export default closeShop;
