@NullMarked
package org.jmoe.catalog.sweep;

import org.jspecify.annotations.NullMarked;
