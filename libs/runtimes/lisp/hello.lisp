(defmacro twice (form) `(progn ,form ,form))

(let ((name (read-line)) (count 0))
  (format t "Hello, ~a, from Common Lisp!~%" name)
  (twice (incf count 21))
  (format t "~{~a~^ ~} ~a~%" (loop for n from 1 to 5 collect (* n n)) count))
