#include <math.h>
#include <stdio.h>
#include <string.h>

union layout {
  float number;
  unsigned bits;
};

int main(void) {
  char name[32];
  if (scanf("%31s", name) != 1) return 1;
  union layout one = {.number = 1.0f};
  printf("Hello, %s, from C!\n", name);
  printf("%zu letters, root of 2 is %.4f, 1.0f is 0x%x\n", strlen(name), sqrt(2), one.bits);
  return 0;
}
