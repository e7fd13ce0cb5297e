case class Square(side: Int) { def area: Int = side * side }

object Main {
  def main(args: Array[String]): Unit = {
    val name = scala.io.StdIn.readLine()
    println(s"Hello, $name, from Scala!")
    println((1 to 5).map(Square(_).area).filter(_ % 2 == 1))
  }
}
