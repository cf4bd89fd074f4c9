import com.sun.source.util.JavacTask;
import java.io.File;
import java.io.IOException;
import java.util.List;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaFileObject;
import javax.tools.ToolProvider;

/** Parses the Java files of a folder without resolving names, and prints syntax errors. */
class ParseSnippets {
  public static void main(String[] arguments) throws IOException {
    var compiler = ToolProvider.getSystemJavaCompiler();
    var problems = new DiagnosticCollector<JavaFileObject>();
    var files = compiler.getStandardFileManager(problems, null, null);
    var sources = files.getJavaFileObjects(new File(arguments[0]).listFiles());
    ((JavacTask) compiler.getTask(null, files, problems, List.of(), null, sources)).parse();
    for (var problem : problems.getDiagnostics()) {
      System.out.println(problem);
    }
  }
}
