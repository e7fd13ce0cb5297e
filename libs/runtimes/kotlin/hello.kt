data class Square(val side: Int) {
    val area get() = side * side
}

fun main() {
    val name = readLine() ?: "nobody"
    println("Hello, $name, from Kotlin!")
    val areas = (1..5).map(::Square).associateBy({ it.side }, { it.area })
    println(areas)
}
