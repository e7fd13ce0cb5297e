fun main() {
    val count: Int = "many"
}
