/** Safetensors files: header, tensors, writing. */
@NullMarked
package org.jmoe.io.safetensors;

import org.jspecify.annotations.NullMarked;
