package org.jmoe.models.hub;

import java.nio.file.Path;
import org.jmoe.models.family.ModelFamilies;

/**
 * Where a checkpoint was opened.
 *
 * @param families that its own was found among
 */
record HubSource(Path folder, ModelFamilies families) {}
