def name = System.in.newReader().readLine()
println "Hello, ${name}, from Groovy!"
println((1..5).collect { it ** 2 }.findAll { it % 2 })
println([name: name, letters: name.size()])
