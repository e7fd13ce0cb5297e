import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.URLClassLoader;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.lang.model.element.Modifier;
import javax.lang.model.element.NestingKind;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/**
 * javac for a program whose public class may have any name: compiles a source file into a directory, and writes the name of the class
 * to start to the file `main` there. Other sources beside it are found by their names, as javac does.
 */
public final class Compile {
  private static final class Source extends SimpleJavaFileObject {
    private final Path path;

    Source(Path path) {
      super(path.toUri(), Kind.SOURCE);
      this.path = path;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) throws IOException {
      return Files.readString(path);
    }

    @Override
    public boolean isNameCompatible(String simpleName, Kind kind) {
      return kind == Kind.SOURCE;
    }

    @Override
    public String getName() {
      return path.getFileName().toString();
    }
  }

  public static void main(String[] args) throws Exception {
    Path source = Path.of(args[0]);
    Path output = Path.of(args[1]);
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    String sourcePath = source.getParent().toString();
    List<String> options = List.of("-d", output.toString(), "-cp", output.toString(), "-sourcepath", sourcePath, "-proc:none", "-g");
    if (!compiler.getTask(null, null, null, options, null, List.of(new Source(source))).call()) System.exit(1);
    Files.writeString(output.resolve("main"), mainClass(output) + "\n");
  }

  private static String mainClass(Path output) throws Exception {
    List<String> names = new ArrayList<>();
    try (var files = Files.walk(output)) {
      files.map(output::relativize).map(Path::toString).filter(name -> name.endsWith(".class")).sorted()
          .forEach(name -> names.add(name.substring(0, name.length() - ".class".length()).replace(File.separatorChar, '.')));
    }
    try (URLClassLoader loader = new URLClassLoader(new URL[] {output.toUri().toURL()})) {
      for (String name : names) {
        if (hasMain(Class.forName(name, false, loader))) return name;
      }
    }
    System.err.println("error: no class has a method \"public static void main(String[] args)\"");
    System.exit(1);
    return null;
  }

  private static boolean hasMain(Class<?> type) {
    try {
      return java.lang.reflect.Modifier.isStatic(type.getMethod("main", String[].class).getModifiers());
    } catch (NoSuchMethodException | NoClassDefFoundError absent) {
      return false;
    }
  }
}
