import de.bwaldvogel.mongo.bson.BsonRegularExpression;
import de.bwaldvogel.mongo.bson.Document;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What every match of a query must fulfil, by field, as far as an index can use it. What is left out here is still checked: each
 * document that an index leads to is matched with the whole query.
 */
final class Conditions {
  /** One field: its values, if they are listed, and its bounds. */
  static final class OfField {
    List<Object> oneOf;
    Object above;
    boolean aboveIncluded;
    Object below;
    boolean belowIncluded;
    boolean widened;

    boolean asksForNull() {
      return oneOf != null && oneOf.contains(null);
    }

    /** Whether the index's entries within these limits are all matches. */
    boolean isExact() {
      if (oneOf != null) return above == null && below == null && oneOf.stream().allMatch(SortableBytes::isExact);
      return !widened && (above == null || below == null || SortableBytes.areOfOneType(above, below));
    }

    boolean isOneValue() {
      return oneOf != null && oneOf.size() == 1;
    }
  }

  private final Map<String, OfField> fields = new LinkedHashMap<>();
  private int others;

  static Conditions of(Document query) {
    Conditions conditions = new Conditions();
    conditions.addAll(query);
    return conditions;
  }

  OfField get(String field) {
    return fields.get(field);
  }

  /** Whether something besides these fields has a say in what matches. */
  boolean asksMoreThan(Collection<String> used) {
    return others > 0 || !used.containsAll(fields.keySet());
  }

  private void addAll(Document query) {
    for (Map.Entry<String, Object> entry : query.entrySet()) {
      if (entry.getKey().equals("$and") && entry.getValue() instanceof Collection<?> parts) {
        for (Object part : parts) if (part instanceof Document document) addAll(document);
      } else if (entry.getKey().startsWith("$")) {
        others++;
      } else {
        add(entry.getKey(), entry.getValue());
      }
    }
  }

  private void add(String field, Object value) {
    if (BsonRegularExpression.isRegularExpression(value) || value instanceof Collection) {
      others++;
    } else if (!(value instanceof Document operators)) {
      listed(field, java.util.Collections.singletonList(value));
    } else if (operators.isEmpty() || !operators.keySet().iterator().next().startsWith("$")) {
      others++; // the server lets an embedded document match more than its equals
    } else {
      operators.forEach((operator, operand) -> addOperator(field, operator, operand));
    }
  }

  private void addOperator(String field, String operator, Object operand) {
    switch (operator) {
      case "$eq" -> {
        if (isPlain(operand)) listed(field, java.util.Collections.singletonList(operand));
        else others++;
      }
      case "$in" -> {
        if (operand instanceof Collection<?> values && values.stream().allMatch(Conditions::isPlain))
          listed(field, new java.util.ArrayList<>(values));
        else others++;
      }
      case "$gt", "$gte" -> above(field, operand, operator.equals("$gte"));
      case "$lt", "$lte" -> below(field, operand, operator.equals("$lte"));
      default -> others++;
    }
  }

  private static boolean isPlain(Object value) {
    return !(value instanceof Document) && !(value instanceof Collection) && !(value instanceof BsonRegularExpression);
  }

  private void listed(String field, List<Object> values) {
    OfField known = field(field);
    if (known.oneOf == null) known.oneOf = values;
    else others++;
  }

  private void above(String field, Object value, boolean included) {
    if (!SortableBytes.canBound(value) || field(field).above != null) {
      others++;
      return;
    }
    OfField known = field(field);
    known.above = widened(value, -1);
    known.aboveIncluded = included || isWidened(value);
    known.widened |= known.aboveIncluded != included || !value.equals(known.above);
  }

  private void below(String field, Object value, boolean included) {
    if (!SortableBytes.canBound(value) || field(field).below != null) {
      others++;
      return;
    }
    OfField known = field(field);
    known.below = widened(value, 1);
    known.belowIncluded = included || isWidened(value);
    known.widened |= known.belowIncluded != included || !value.equals(known.below);
  }

  private OfField field(String name) {
    return fields.computeIfAbsent(name, key -> new OfField());
  }

  /** Where the server compares by less than the whole value (great numbers, parts of a millisecond) the bound lets more in. */
  private static boolean isWidened(Object value) {
    return value instanceof java.time.Instant || value instanceof Number number && Math.abs(number.doubleValue()) >= 0x1p31;
  }

  private static Object widened(Object value, int direction) {
    if (!(value instanceof Number number) || !isWidened(value)) return value;
    double rounded = direction < 0 ? Math.floor(number.doubleValue()) - 1 : Math.ceil(number.doubleValue()) + 1;
    return direction < 0 ? Math.nextDown(rounded) : Math.nextUp(rounded);
  }
}
