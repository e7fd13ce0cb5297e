; Reads a name, greets it by system calls alone.
global _start

section .bss
name: resb 32

section .data
hello: db "Hello, "
hello_length equ $ - hello
from: db ", from assembly!", 10
from_length equ $ - from

section .text
_start:
  xor eax, eax            ; read(0, name, 32)
  xor edi, edi
  mov rsi, name
  mov edx, 32
  syscall
  lea r12, [rax - 1]      ; without the line end
  mov rsi, hello
  mov edx, hello_length
  call write
  mov rsi, name
  mov rdx, r12
  call write
  mov rsi, from
  mov edx, from_length
  call write
  mov eax, 60             ; exit(0)
  xor edi, edi
  syscall

write:
  mov eax, 1
  mov edi, 1
  syscall
  ret
