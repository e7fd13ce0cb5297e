object Main extends App {
  val count: Int = "many"
}
