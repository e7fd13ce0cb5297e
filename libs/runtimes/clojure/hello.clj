(let [name (read-line)]
  (println (str "Hello, " name ", from Clojure!"))
  (println (->> (range 1 6) (map #(* % %)) (reduce +)) (frequencies (.toLowerCase name))))
