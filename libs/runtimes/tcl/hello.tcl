gets stdin name
puts "Hello, $name, from Tcl!"
proc squares {n} { set all {}; for {set i 1} {$i <= $n} {incr i} { lappend all [expr {$i ** 2}] }; return $all }
puts "[squares 5] [dict get {x 1 y 2} y]"
