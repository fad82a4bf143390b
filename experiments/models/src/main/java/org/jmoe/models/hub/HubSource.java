package org.jmoe.models.hub;

import java.nio.file.Path;
import org.jmoe.models.family.ModelFamilies;

/**
 * Origin of an opened checkpoint.
 *
 * @param folder folder of the checkpoint
 * @param families the families it was opened with
 */
record HubSource(Path folder, ModelFamilies families) {}
