/** Tables and charts in notebooks of any supported Java kernel, and as text without a kernel. */
@NullMarked
package org.jmoe.app.notebook;

import org.jspecify.annotations.NullMarked;
