/** Model families: how published configurations and tensors are read, and what families share. */
@NullMarked
package org.jmoe.models.family;

import org.jspecify.annotations.NullMarked;
