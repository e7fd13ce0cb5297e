module Main where

import qualified Data.Map as Map

data Tree a = Leaf | Node (Tree a) a (Tree a)

instance Foldable Tree where
  foldMap _ Leaf = mempty
  foldMap f (Node l x r) = foldMap f l <> f x <> foldMap f r

insert :: Ord a => a -> Tree a -> Tree a
insert x Leaf = Node Leaf x Leaf
insert x t@(Node l y r) = case compare x y of
  LT -> Node (insert x l) y r
  GT -> Node l y (insert x r)
  EQ -> t

main :: IO ()
main = do
  name <- getLine
  putStrLn ("Hello, " ++ name ++ ", from Haskell!")
  print (sum (foldr insert Leaf [3, 1, 2, 3 :: Integer]), take 5 [n * n | n <- [1 :: Int ..]])
  print (Map.toList (Map.fromListWith (+) [(letter, 1 :: Int) | letter <- name]))
