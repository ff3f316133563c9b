import de.bwaldvogel.mongo.backend.Missing;
import de.bwaldvogel.mongo.bson.Document;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** What a query on a path may meet in a document: the value there, or, where arrays lie on the path, each of their elements. */
record FieldValues(List<Object> values, boolean many) {
  static FieldValues of(Document document, String[] path) {
    Object value = document;
    for (int at = 0; at < path.length; at++) {
      if (value instanceof Collection) return throughArrays(value, path, at);
      value = child(value, path[at]);
    }
    return value instanceof Collection ? throughArrays(value, path, path.length) : new FieldValues(List.of(orMissing(value)), false);
  }

  private static FieldValues throughArrays(Object value, String[] path, int at) {
    List<Object> found = new ArrayList<>();
    collect(value, path, at, found);
    if (found.isEmpty()) found.add(SortableBytes.EMPTY_ARRAY);
    return new FieldValues(found, true);
  }

  private static void collect(Object value, String[] path, int at, List<Object> found) {
    if (value instanceof Collection<?> elements) {
      for (Object element : elements) {
        if (at == path.length) found.add(orMissing(element));
        else collect(element, path, at, found);
      }
    } else if (at == path.length) {
      found.add(orMissing(value));
    } else {
      collect(child(value, path[at]), path, at + 1, found);
    }
  }

  private static Object child(Object value, String name) {
    return value instanceof Document document ? document.getOrMissing(name) : Missing.getInstance();
  }

  private static Object orMissing(Object value) {
    return Missing.ofNullable(value);
  }
}
