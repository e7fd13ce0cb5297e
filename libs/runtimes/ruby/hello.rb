name = gets.chomp
puts "Hello, #{name}, from Ruby!"
puts (1..5).map { |n| n**2 }.select(&:odd?).inspect
puts [1, "two", :three].map(&:class).join(" ")
