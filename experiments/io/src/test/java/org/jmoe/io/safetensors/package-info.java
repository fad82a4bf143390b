/** Tests of {@code org.jmoe.io.safetensors}. */
@NullMarked
package org.jmoe.io.safetensors;

import org.jspecify.annotations.NullMarked;
