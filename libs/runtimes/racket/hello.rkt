#lang racket/base
(require racket/match racket/list)

(define name (read-line))
(printf "Hello, ~a, from Racket!\n" name)
(displayln (for/list ([n (in-range 1 6)]) (* n n)))
(displayln (match '(1 (2 3)) [(list a (list b c)) (+ a b c)]))
