const count: number = 'many';
console.log(count);
