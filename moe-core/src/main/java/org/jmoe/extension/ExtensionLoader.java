package org.jmoe.extension;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLConnection;
import java.nio.charset.StandardCharsets;
import java.security.CodeSource;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/** Loads the extensions visible to a class loader. */
final class ExtensionLoader {
  static final String SERVICES = "META-INF/services/" + Extension.class.getName();

  private ExtensionLoader() {}

  /** Returns each extension once, jmoe's own first; a context class loader may not see those. */
  static ImmutableList<Extension> all(ClassLoader loader) {
    Map<Class<?>, Extension> found = new LinkedHashMap<>();
    for (ClassLoader each : List.of(Extension.class.getClassLoader(), loader)) {
      Iterator<ServiceLoader.Provider<Extension>> providers =
          ServiceLoader.load(Extension.class, each).stream().iterator();
      try {
        while (providers.hasNext()) {
          ServiceLoader.Provider<Extension> provider = providers.next();
          if (!found.containsKey(provider.type())) {
            found.put(provider.type(), provider.get());
          }
        }
      } catch (ServiceConfigurationError e) {
        throw new ExtensionException(fault(e, each), e);
      }
    }
    return ImmutableList.copyOf(found.values());
  }

  /** Describes an error, with the service file that lists the class. */
  private static String fault(ServiceConfigurationError e, ClassLoader loader) {
    String message = String.valueOf(e.getMessage()).replace(Extension.class.getName() + ": ", "");
    Throwable cause = e.getCause();
    return "cannot load an extension: %s%s%s"
        .formatted(message, cause == null ? "" : " (" + cause + ")", lists(message, loader));
  }

  /** Returns the service files that contain a word of the message. */
  private static String lists(String message, ClassLoader loader) {
    List<String> words = Splitter.onPattern("[ :]+").splitToList(message);
    StringBuilder found = new StringBuilder();
    try {
      for (URL list : Collections.list(loader.getResources(SERVICES))) {
        URLConnection connection = list.openConnection();
        connection.setUseCaches(false); // otherwise the jar stays open
        try (InputStream in = connection.getInputStream()) {
          String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
          if (text.lines().map(String::strip).anyMatch(words::contains)) {
            found.append(", listed in ").append(list);
          }
        }
      }
    } catch (IOException e) {
      found.append(", listed in a file that cannot be read: ").append(e.getMessage());
    }
    return found.toString();
  }

  /** Returns the name of a class and its jar or folder, if known. */
  static String describe(Class<?> type) {
    CodeSource source = type.getProtectionDomain().getCodeSource();
    return source == null || source.getLocation() == null
        ? type.getName()
        : type.getName() + " in " + source.getLocation().getPath();
  }
}
