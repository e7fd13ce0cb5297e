import { readFileSync } from 'node:fs';

interface Shape {
  readonly kind: 'square' | 'circle';
  area(): number;
}

class Square implements Shape {
  readonly kind = 'square';
  constructor(private readonly side: number) {}
  area(): number {
    return this.side ** 2;
  }
}

enum Colour {
  Red = 1,
  Green,
}

const name = readFileSync(0, 'utf8').trim();
const shapes: Shape[] = [1, 2, 3].map((side) => new Square(side));
console.log(`Hello, ${name}, from TypeScript!`);
console.log(shapes.map((shape) => shape.area()).join(' '), Colour[2]);
