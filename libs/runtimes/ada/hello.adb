with Ada.Text_IO; use Ada.Text_IO;

procedure Hello is
   type Small is range 1 .. 5;
   Name : constant String := Get_Line;
   N    : Small := Small'First;
   task type Squarer is
      entry Give (Of_Number : Small; Square : out Integer);
   end Squarer;
   task body Squarer is
   begin
      accept Give (Of_Number : Small; Square : out Integer) do
         Square := Integer (Of_Number) ** 2;
      end Give;
   end Squarer;
begin
   Put_Line ("Hello, " & Name & ", from Ada!");
   loop
      declare
         Worker : Squarer;
         Square : Integer;
      begin
         Worker.Give (N, Square);
         Put (Square'Image);
      end;
      N := N + 1;
   end loop;
exception
   when Constraint_Error =>
      New_Line;
      Put_Line ("there is no more than" & N'Image);
end Hello;
