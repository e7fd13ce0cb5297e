record Square, side : Int32 do
  def area
    side ** 2
  end
end

name = gets.not_nil!
puts "Hello, #{name}, from Crystal!"
channel = Channel(Int32).new
spawn { (1..5).each { |side| channel.send(Square.new(side).area) } }
puts Array.new(5) { channel.receive }
