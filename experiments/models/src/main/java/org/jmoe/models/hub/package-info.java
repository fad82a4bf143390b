/**
 * Published checkpoints in Hugging Face's layout: opened, checked, computed and written back. Each
 * architecture is one file that reads its configuration and says where its tensors go.
 */
@NullMarked
package org.jmoe.models.hub;

import org.jspecify.annotations.NullMarked;
