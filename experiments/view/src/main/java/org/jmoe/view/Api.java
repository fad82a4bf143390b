package org.jmoe.view;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import java.util.List;
import org.jmoe.catalog.Catalog;
import org.jmoe.view.data.Curves;
import org.jmoe.view.data.ExperimentSummary;
import org.jmoe.view.data.Folder;
import org.jmoe.view.data.Folder.Kind;
import org.jmoe.view.data.Folders;
import org.jmoe.view.data.RunSummary;
import org.jmoe.view.data.RunTable;
import org.jmoe.view.model.LayerProfile;
import org.jmoe.view.model.Models;

/**
 * Handles API requests and returns JSON. Requests refer to folders by id, which must be one of
 * those found, so no other folder can be reached.
 *
 * @param folders that the page shows
 * @param runs table of runs, with their curves
 * @param models models to trace texts with
 * @param catalog the known experiments
 */
public record Api(Folders folders, RunTable runs, Models models, Catalog catalog) {
  private static final int MAX_TEXT = 1 << 16;

  /**
   * Handles a request.
   *
   * @throws ViewException if there is no such request or folder
   */
  public JsonNode answer(String question, Query query) {
    return switch (question) {
      case "runs" -> list();
      case "spark" -> spark(query);
      case "curves" -> fresh(run(query)).json();
      case "load" -> fresh(run(query)).loads(query.get("layer"));
      case "layers" -> RunSummary.layers(run(query));
      case "steps" -> steps(query);
      case "profile" -> profile(query);
      case "trace" -> trace(query);
      case "experiment" ->
          ExperimentSummary.of(find(query, "experiment", Kind.EXPERIMENT), catalog);
      default -> throw new ViewException(ViewException.NOT_FOUND, "There is no such page.");
    };
  }

  private ObjectNode list() {
    List<Folder> all = folders.all();
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    ArrayNode roots = node.putArray("roots");
    folders.roots().forEach(root -> roots.add(root.toString()));
    node.set("runs", runs.rows(all));
    named(node.putArray("experiments"), all, Kind.EXPERIMENT);
    named(node.putArray("checkpoints"), all, Kind.CHECKPOINT);
    return node;
  }

  private static void named(ArrayNode to, List<Folder> all, Kind kind) {
    all.stream()
        .filter(folder -> folder.kind() == kind)
        .forEach(folder -> to.addObject().put("id", folder.id()).put("name", folder.name()));
  }

  /** Returns the latest metrics of a run and a few points of its loss. */
  private ObjectNode spark(Query query) {
    Curves curves = fresh(run(query));
    ObjectNode node = curves.last();
    node.set("points", curves.spark());
    return node;
  }

  /** Returns the curves of a run, including everything written so far. */
  private Curves fresh(Folder run) {
    Curves curves = runs.curves(run);
    curves.refresh();
    return curves;
  }

  /** Returns a version number that changes when a run is added or removed or changes state. */
  int version() {
    int version = 0;
    for (JsonNode row : runs.rows(folders.all())) {
      version = 31 * version + (row.path("id").asText() + row.path("state").asText()).hashCode();
    }
    return version;
  }

  private Folder run(Query query) {
    return find(query, "run", Kind.RUN);
  }

  private Folder find(Query query, String key, Kind... kinds) {
    String id = query.get(key);
    return folders
        .find(id)
        .filter(folder -> List.of(kinds).contains(folder.kind()))
        .orElseThrow(
            () ->
                new ViewException(
                    ViewException.NOT_FOUND,
                    "There is no %s '%s' any more; reload the page.".formatted(key, id)));
  }

  private Folder model(Query query) {
    return find(query, "model", Kind.RUN, Kind.CHECKPOINT);
  }

  private ObjectNode steps(Query query) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    ArrayNode steps = node.putArray("steps");
    models.steps(model(query).path()).forEach(steps::add);
    return node;
  }

  private ObjectNode profile(Query query) {
    ImmutableList<LayerProfile> all = models.profiles(model(query).path(), query.number("step"));
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    ArrayNode names = node.putArray("layers");
    all.forEach(layer -> names.add(layer.layer()));
    String wanted = query.get("layer");
    all.stream()
        .filter(layer -> wanted.isEmpty() || layer.layer().equals(wanted))
        .findFirst()
        .ifPresent(layer -> node.set("profile", layer.json()));
    return node;
  }

  private ObjectNode trace(Query query) {
    String text = query.get("text");
    if (text.length() > MAX_TEXT) {
      throw new ViewException(
          ViewException.BAD,
          "The text has %d characters; use at most %d.".formatted(text.length(), MAX_TEXT));
    }
    return models.trace(model(query).path(), query.number("step"), text).json();
  }
}
