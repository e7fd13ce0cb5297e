(use-modules (ice-9 rdelim) (srfi srfi-1))

(define (squares n) (map (lambda (x) (* x x)) (iota n 1)))
(define name (read-line))
(display (string-append "Hello, " name ", from Scheme!"))
(newline)
(display (squares 5))
(display (call-with-current-continuation (lambda (return) (for-each return '(7 8)) 0)))
(newline)
