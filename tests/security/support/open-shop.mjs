// Once for all files of the tier: Jest calls it before the first of them. A program of its own, hence no TypeScript of Jest's.
import { openShop } from './shop.ts';

export default openShop;
