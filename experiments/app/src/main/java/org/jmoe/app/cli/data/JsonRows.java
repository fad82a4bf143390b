package org.jmoe.app.cli.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import org.jmoe.data.formats.TokenVisitor;
import org.jmoe.io.Json;
import org.jspecify.annotations.Nullable;

/** Prints rows as JSON lines while they are read, so that a row may be of any length. */
final class JsonRows implements TokenVisitor {
  private final ObjectMapper mapper = Json.plain();
  private final PrintWriter out;
  private final List<String> domains = new ArrayList<>();
  private long left;
  private boolean open;

  JsonRows(PrintWriter out, long rows) {
    this.out = out;
    this.left = rows;
  }

  @Override
  public void tokens(int[] ids, int length, @Nullable String domain) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.append(open ? "," : "{\"ids\":[").append(ids[i]);
      open = true;
    }
    out.print(text);
    if (domain != null && (domains.isEmpty() || !domains.get(domains.size() - 1).equals(domain))) {
      domains.add(domain);
    }
  }

  @Override
  public boolean endRow(boolean heldOut) {
    out.println((open ? "" : "{\"ids\":[") + "],\"domain\":" + domain() + "}");
    open = false;
    domains.clear();
    left--;
    return left > 0;
  }

  private String domain() {
    try {
      return switch (domains.size()) {
        case 0 -> "null";
        case 1 -> mapper.writeValueAsString(domains.get(0));
        default -> mapper.writeValueAsString(domains);
      };
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a string is always JSON", e);
    }
  }
}
